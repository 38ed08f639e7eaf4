import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

interface Told {
  label: string;
  hint?: ComponentChildren;
  /** What is wrong with the value; said to a screen reader with the field. */
  wrong?: string | null;
}

interface Labelled extends Told {
  children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ComponentChildren;
}

/** A label, a control, its hint and its error, tied together by ids. */
export function Field({ label, hint, wrong, children }: Labelled) {
  const id = useId();
  const described = [hint !== undefined && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, ...(described && { "aria-describedby": described }), ...(wrong && { "aria-invalid": true as const }) })}
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
      {wrong && <small id={`${id}-wrong`} class="wrong">{wrong}</small>}
    </div>
  );
}

type TextProps = Told & Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "value" | "onInput" | "label"> & { value: string; onInput: (value: string) => void };

export function TextField({ label, hint, wrong, value, onInput, ...others }: TextProps) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(ids) => <input {...others} {...ids} value={value} onInput={(event) => onInput(event.currentTarget.value)} />}
    </Field>
  );
}

interface ChoiceProps<T extends string> extends Told {
  value: T;
  options: readonly { value: T; label: string; disabled?: boolean }[];
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, hint, wrong, value, options, onChange }: ChoiceProps<T>) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(ids) => (
        <select {...ids} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Tick({ label, checked, onChange, hint }: { label: ComponentChildren; checked: boolean; onChange: (checked: boolean) => void; hint?: string }) {
  return (
    <label class="tick">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>
        {label}
        {hint !== undefined && <small>{hint}</small>}
      </span>
    </label>
  );
}
