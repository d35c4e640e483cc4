/** A few ways to see the same, of which one is chosen. */

export function ViewSwitch<T extends string>({
  label,
  options,
  value,
  onChange
}: {
  label: string
  options: readonly (readonly [T, string])[]
  value: T
  onChange: (value: T) => void
}) {
  return (
    <fieldset className="flex w-fit rounded-lg bg-sunken p-0.5">
      <legend className="sr-only">{label}</legend>
      {options.map(([each, name]) => (
        <button
          key={each}
          type="button"
          aria-pressed={value === each}
          className={`h-6.5 rounded-md px-2.5 font-medium text-xs ${value === each ? 'bg-raised text-ink shadow-card' : 'text-muted hover:text-ink'}`}
          onClick={() => onChange(each)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  )
}
