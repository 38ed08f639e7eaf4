import { useEffect, useState } from "preact/hooks";

/** The text behind # of a link, which is a secret: taken out of the address (and the history) as soon as it was read. Null: none came. */
export function useFragment(): string | null {
  const [text, setText] = useState(take);
  useEffect(() => {
    // A second link, opened in the same tab, changes the fragment alone.
    const changed = () => setText((before) => take() ?? before);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return text;
}

function take(): string | null {
  const text = location.hash.slice(1);
  if (text === "") return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return text;
}
