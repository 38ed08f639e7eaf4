/** Keys as they are printed on this machine's keyboard. */
export function KeyRow({ of: keys }: { of: string }) {
  const mac = navigator.platform.startsWith("Mac");
  const parts = keys.split(/[ +]/).map((part) => (part === "Mod" ? (mac ? "⌘" : "Ctrl") : part));
  return (
    <span class="key-row">
      {parts.map((part) => (
        <kbd key={part}>{part.length === 1 ? part.toUpperCase() : part}</kbd>
      ))}
    </span>
  );
}
