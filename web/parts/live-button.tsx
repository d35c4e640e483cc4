/** Turns the live view on and off, and says when it rests. */

export function LiveButton({
  isOn,
  isPaused,
  disabled,
  onChange
}: {
  isOn: boolean
  isPaused: boolean
  disabled: boolean
  onChange: (on: boolean) => void
}) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      disabled={disabled}
      title={
        disabled
          ? 'Only a range that ends now can be live'
          : isPaused
            ? 'Live, but resting while you read: close the row and scroll up to go on'
            : 'Search again every 2 seconds'
      }
      className={`inline-flex h-10 items-center gap-2 rounded-lg border px-3 font-medium disabled:opacity-50 ${isOn ? 'border-accent/50 bg-accent-soft text-accent' : 'border-line-strong bg-raised text-soft hover:bg-hover'}`}
      onClick={() => onChange(!isOn)}
    >
      <span
        aria-hidden="true"
        className={`size-2 rounded-full ${isOn ? (isPaused ? 'bg-warn' : 'animate-pulse bg-accent') : 'bg-line-strong'}`}
      />
      {isPaused ? 'Live (paused)' : 'Live'}
    </button>
  )
}
