import { useState } from "preact/hooks";
import { chooseSharing } from "~/shell/consent";
import { chooseSingleKeys } from "~/shell/keys";
import { recall, remember, remembered } from "~/shell/memory";
import { say } from "~/shell/notices";
import { chooseTheme, readTheme } from "~/shell/theme";
import { Button } from "~/ui/Button";

const KNOWN: Record<string, string> = {
  playground: "What stood in the playground",
  theme: "The theme",
  team: "The team that was shown last",
  keys: "Whether keys work without Ctrl",
  "simulations.share": "Whether program texts are recorded",
};
const SHOWN_CHARACTERS = 60;

/** What this browser remembers between visits, and how to make it forget. */
export function BrowserPart() {
  const [items, setItems] = useState(remembered);
  function forget(which: readonly { name: string; value: string }[]): void {
    for (const { name } of which) remember(name, null);
    takeUp(which);
    const undo = () => {
      for (const { name, value } of which) remember(name, value);
      takeUp(which);
    };
    say({ kind: "done", text: which.length === 1 ? "Forgotten." : `${which.length} things forgotten.`, undo });
  }
  /** What is shown follows what is remembered now. */
  function takeUp(which: readonly { name: string }[]): void {
    if (which.some(({ name }) => name === "theme")) chooseTheme(readTheme());
    if (which.some(({ name }) => name === "keys")) chooseSingleKeys(recall("keys") !== "off");
    if (which.some(({ name }) => name === "simulations.share")) chooseSharing(recall("simulations.share") === "yes");
    setItems(remembered());
  }
  return (
    <section class="card" aria-labelledby="account-browser">
      <h2 id="account-browser">What this browser remembers</h2>
      <p>Nothing of it is a secret; your session is in a cookie that pages cannot read.</p>
      {items.length === 0 ? (
        <p>Nothing at present.</p>
      ) : (
        <>
          <table class="account-memory">
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Value</th>
                <th scope="col">
                  <span class="visually-hidden">Forget</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={item.name}>
                  <td>{KNOWN[item.name] ?? <code>{item.name}</code>}</td>
                  <td>
                    <code>{shorten(item.value)}</code>
                  </td>
                  <td class="number">
                    <Button class="small" aria-label={`Forget: ${KNOWN[item.name] ?? item.name}`} onClick={() => forget([item])}>
                      Forget
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {items.length > 1 && (
            <div class="account-foot">
              <Button onClick={() => forget(items)}>Forget all of it</Button>
            </div>
          )}
        </>
      )}
    </section>
  );
}

function shorten(value: string): string {
  return value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}… (${value.length.toLocaleString()} characters)` : value;
}
