import { chooseSingleKeys, singleKeys } from "~/shell/keys";
import { chooseTheme, type Theme, theme } from "~/shell/theme";
import { Tick } from "~/ui/Field";

const THEMES: readonly { value: Theme; label: string }[] = [
  { value: "system", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

/** How the app looks and which keys it takes, on this browser. */
export function LooksPart() {
  return (
    <section class="card" aria-labelledby="account-looks">
      <h2 id="account-looks">Looks and keys</h2>
      <fieldset class="account-themes">
        <legend>Theme</legend>
        {THEMES.map(({ value, label }) => (
          <label key={value}>
            <input type="radio" name="theme" value={value} checked={theme.value === value} onChange={() => chooseTheme(value)} />
            {label}
          </label>
        ))}
      </fieldset>
      <Tick
        label="Keys without Ctrl"
        hint="Such as g j for the jobs, or ? for the list of keys. Turn them off if you speak to your computer, or hit keys by chance."
        checked={singleKeys.value}
        onChange={chooseSingleKeys}
      />
    </section>
  );
}
