/** How strong a password is, roughly: its length counts, and that it is not one thing over and over. */

const lengthMin = 12

export function PasswordHint({ password }: { password: string }) {
  const { level, text } = strengthOf(password)
  const tone = level <= 1 ? 'bg-danger' : level === 2 ? 'bg-warn' : 'bg-good'
  return (
    <span className="grid gap-1">
      <span aria-hidden="true" className="mt-0.5 grid grid-cols-4 gap-1">
        {[1, 2, 3, 4].map(step => (
          <span key={step} className={`h-1 rounded-full ${step <= level ? tone : 'bg-line'}`} />
        ))}
      </span>
      <span aria-live="polite">{text}</span>
    </span>
  )
}

export function strengthOf(password: string): { level: 0 | 1 | 2 | 3 | 4; text: string } {
  const length = [...password].length
  if (length === 0) return { level: 0, text: `At least ${lengthMin} characters; a few words make a good one.` }
  if (length < lengthMin)
    return { level: 1, text: `${lengthMin - length} more to go (at least ${lengthMin} characters).` }
  const different = new Set(password.toLowerCase()).size
  if (different < 6) return { level: 2, text: 'Long enough, but it repeats itself.' }
  if (length < 16 || different < 9) return { level: 3, text: 'Good.' }
  return { level: 4, text: 'Strong.' }
}
