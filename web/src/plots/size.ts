import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/** The width in CSS pixels that an element has now, so that a plot is drawn in the reader's pixels and its text keeps its size. */
export function useWidth(element: RefObject<HTMLElement>, first = 640): number {
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    const watched = element.current;
    if (watched === null) return;
    const take = () => setWidth(Math.max(240, Math.floor(watched.clientWidth)) || first);
    take();
    const observer = new ResizeObserver(take);
    observer.observe(watched);
    return () => observer.disconnect();
  }, []);
  return width;
}
