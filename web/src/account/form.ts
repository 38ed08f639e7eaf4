import { useEffect, useState } from "preact/hooks";
import { Refusal } from "~/api/client";
import { TooMany } from "./asking";

/** A form as it is shown; see useForm. */
export interface Form<Name extends string> {
  values: Record<Name, string>;
  /** What is wrong with each field, in the server's words. */
  wrong: Partial<Record<Name, string>>;
  /** A refusal that belongs to no field. */
  refusal: Refusal | null;
  busy: boolean;
  /** Seconds until the server takes another try; 0: now. */
  wait: number;
  set: (name: Name, value: string) => void;
  submit: (event: Event) => void;
}

/**
 * A form's values and what the server refused of them. `act` may throw Refusal and TooMany; `fieldOf` says which field a refusal is
 * about where the server names none.
 */
export function useForm<Name extends string>(
  first: Record<Name, string>,
  act: (values: Record<Name, string>) => Promise<void>,
  fieldOf: (refusal: Refusal) => Name | null = () => null,
): Form<Name> {
  const [values, setValues] = useState(first);
  const [wrong, setWrong] = useState<Partial<Record<Name, string>>>({});
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [busy, setBusy] = useState(false);
  const [until, setUntil] = useState(0);
  const wait = useCountdown(until);

  function take(problem: Refusal): void {
    const told = namedFields(problem, values);
    const one = fieldOf(problem);
    if (Object.keys(told).length > 0) setWrong(told);
    else if (one !== null) setWrong({ [one]: [problem.message, problem.hint].filter(Boolean).join(" ") } as Partial<Record<Name, string>>);
    else setRefusal(problem);
  }

  async function run(element: HTMLFormElement): Promise<void> {
    setBusy(true);
    setWrong({});
    setRefusal(null);
    try {
      await act(values);
    } catch (problem) {
      if (problem instanceof TooMany) setUntil(Date.now() + problem.seconds * 1000);
      else if (problem instanceof Refusal) take(problem);
      else throw problem;
      // The first field that is wrong is where to go on.
      requestAnimationFrame(() => element.querySelector<HTMLElement>("[aria-invalid]")?.focus());
    } finally {
      setBusy(false);
    }
  }

  return {
    values,
    wrong,
    refusal,
    busy,
    wait,
    set: (name, value) => {
      setValues((now) => ({ ...now, [name]: value }));
      setWrong((now) => ({ ...now, [name]: undefined }));
    },
    submit: (event) => {
      event.preventDefault();
      if (!busy && wait === 0) void run(event.currentTarget as HTMLFormElement);
    },
  };
}

/** The fields that a validation error names, as far as the form has them. */
function namedFields<Name extends string>(refusal: Refusal, values: Record<Name, string>): Partial<Record<Name, string>> {
  const { fields } = refusal.details;
  if (!Array.isArray(fields)) return {};
  const told: Record<string, string> = {};
  for (const item of fields as unknown[]) {
    if (typeof item !== "object" || item === null) continue;
    const { field, problem } = item as Record<string, unknown>;
    if (typeof field === "string" && typeof problem === "string" && field in values) told[field] ??= problem;
  }
  return told as Partial<Record<Name, string>>;
}

function useCountdown(until: number): number {
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => {
      setSeconds(left());
      if (left() === 0) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [until]);
  return seconds;
}
