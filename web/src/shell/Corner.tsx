import { close, holdTime, notices, undo } from "./notices";

/** Notices, told to a screen reader as they come. They stay while the pointer or the focus is on them. */
export function Corner() {
  return (
    <section
      class="corner"
      aria-label="Notices"
      aria-live="polite"
      onMouseEnter={() => holdTime(true)}
      onMouseLeave={() => holdTime(false)}
      onFocusIn={() => holdTime(true)}
      onFocusOut={() => holdTime(false)}
    >
      {notices.value.map((notice) => (
        <div key={notice.id} class={`notice ${notice.kind}`}>
          <p>
            {notice.kind === "problem" && <span class="visually-hidden">Problem: </span>}
            {notice.text}
            {notice.more && <small>{notice.more}</small>}
          </p>
          {notice.undo && (
            <button type="button" class="button quiet" onClick={() => undo(notice)}>
              Undo
            </button>
          )}
          <button type="button" class="button quiet" aria-label="Close this notice" onClick={() => close(notice.id)}>
            ✕
          </button>
        </div>
      ))}
    </section>
  );
}
