const PREFIX = "quapsule.";

/** What this browser remembers between visits. A browser that refuses to (private windows, policies) forgets, and nothing else happens. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Keeps a text under a name; null forgets it. */
export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Forgotten; see above.
  }
}

/** Everything that is remembered, by name. */
export function remembered(): { name: string; value: string }[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .sort()
      .map((key) => ({ name: key.slice(PREFIX.length), value: localStorage.getItem(key) ?? "" }));
  } catch {
    return [];
  }
}
