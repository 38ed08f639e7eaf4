import { close, notices } from "./notices";

/** Notices, told to a screen reader as they come. */
export function Corner() {
  return (
    <div class="corner" aria-live="polite">
      {notices.value.map((notice) => (
        <div key={notice.id} class={`notice ${notice.kind}`}>
          <p>
            {notice.text}
            {notice.more && <small>{notice.more}</small>}
          </p>
          {notice.undo && (
            <button
              type="button"
              class="button quiet"
              onClick={() => {
                void notice.undo?.();
                close(notice.id);
              }}
            >
              Undo
            </button>
          )}
          <button type="button" class="button quiet" aria-label="Close this notice" onClick={() => close(notice.id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
