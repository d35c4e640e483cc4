/** On or off, at once. */

export function Switch({
  label,
  isOn,
  disabled = false,
  title,
  onChange
}: {
  label: string
  isOn: boolean
  disabled?: boolean
  title?: string | undefined
  onChange: () => void
}) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      aria-label={label}
      title={title}
      disabled={disabled}
      className={`relative h-5 w-9 shrink-0 rounded-full border transition-colors disabled:cursor-not-allowed disabled:opacity-60 ${isOn ? 'border-accent bg-accent' : 'border-control bg-sunken'}`}
      onClick={onChange}
    >
      <span
        aria-hidden="true"
        className={`absolute top-1/2 size-3.5 -translate-y-1/2 rounded-full transition-[left] ${isOn ? 'left-[18px] bg-on-accent' : 'left-[2px] bg-control'}`}
      />
    </button>
  )
}
