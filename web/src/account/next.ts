/**
 * Where to go after signing in, from `?next=`: a path of this site, or the playground. Anything that a browser could read as
 * another site's address is not followed.
 */
export function nextOf(search: string, origin: string): string {
  const wanted = new URLSearchParams(search).get("next");
  if (wanted === null || !wanted.startsWith("/")) return "/run";
  let url: URL;
  try {
    url = new URL(wanted, origin);
  } catch {
    return "/run";
  }
  // Browsers take "/\" and "/<tab>/" for "//", which begins another site's address: the parsed origin tells.
  if (url.origin !== origin) return "/run";
  return url.pathname + url.search;
}

/** The same wish, for the link between signing in and signing up. */
export function keepNext(path: string): string {
  const wanted = new URLSearchParams(location.search).get("next");
  return wanted === null ? path : `${path}?next=${encodeURIComponent(wanted)}`;
}
