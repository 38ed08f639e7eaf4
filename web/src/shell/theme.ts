import { signal } from "@preact/signals";
import { recall, remember } from "./memory";

export type Theme = "system" | "light" | "dark";

export const theme = signal<Theme>(readTheme());

/** The theme that this browser remembers. */
export function readTheme(): Theme {
  const stored = recall("theme");
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  remember("theme", chosen === "system" ? null : chosen);
  applyTheme();
}

export function applyTheme(): void {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}
