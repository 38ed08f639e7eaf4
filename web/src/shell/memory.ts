/** What this browser remembers between visits. A browser that refuses to (private windows, policies) forgets, and nothing else happens. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`quapsule.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`quapsule.${name}`);
    else localStorage.setItem(`quapsule.${name}`, value);
  } catch {
    // Forgotten; see above.
  }
}
