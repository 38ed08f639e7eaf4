import { Choice, Field, TextField } from "~/ui/Field";
import { PART_11 } from "../capsule";

/** What a draft says of itself, as its fields hold it. */
export interface Said {
  name: string;
  description: string;
  /** Separated by commas. */
  tags: string;
  framework: string;
  /** Digits, or nothing: kept for ever. */
  years: string;
}

export const EMPTY: Said = { name: "", description: "", tags: "", framework: "", years: "" };

export const tagsIn = (text: string): string[] => [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];

/** As POST /api/capsules takes it, without what is empty. */
export function saidBody(said: Said) {
  const tags = tagsIn(said.tags);
  return {
    ...(said.name.trim() && { name: said.name.trim() }),
    ...(said.description.trim() && { description: said.description.trim() }),
    ...(tags.length > 0 && { custom_metadata: { tags } }),
    ...(said.framework.trim() && { regulatory_framework: said.framework.trim() }),
    ...(said.years && { retention_years: Number(said.years) }),
  };
}

/** What is not yet as the server takes it; null: nothing. */
export function wrongWith(said: Said, needsName: boolean): string | null {
  if (needsName && !said.name.trim()) return "A capsule without a job needs a name.";
  if (!yearsFit(said.years)) return "Retention is a whole number of years from 1 to 1000.";
  if (tagsIn(said.tags).length > 50 || tagsIn(said.tags).some((tag) => tag.length > 100)) return "At most 50 tags of at most 100 characters.";
  return null;
}

const yearsFit = (text: string): boolean => text === "" || (/^[1-9][0-9]{0,3}$/.test(text) && Number(text) <= 1000);

interface Props {
  said: Said;
  onChange: (said: Said) => void;
  nameHint?: string;
}

/** Fields for what a draft says of itself. */
export function SaidFields({ said, onChange, nameHint }: Props) {
  const put = (changes: Partial<Said>) => onChange({ ...said, ...changes });
  const other = said.framework !== "" && said.framework !== PART_11;
  return (
    <>
      <TextField label="Name" hint={nameHint} maxLength={200} value={said.name} onInput={(name) => put({ name })} />
      <Field label="Description" hint="Found by the search; part of the capsule.">
        {(ids) => <textarea {...ids} rows={3} maxLength={10_000} value={said.description} onInput={(event) => put({ description: event.currentTarget.value })} />}
      </Field>
      <TextField label="Tags" hint="Separated by commas." value={said.tags} onInput={(tags) => put({ tags })} />
      <div class="split">
        <Choice
          label="Regulatory framework"
          hint={said.framework === PART_11 ? "It is then sealed only with the signature of a person who gives the password again." : undefined}
          value={other ? "other" : said.framework}
          options={[
            { value: "", label: "none" },
            { value: PART_11, label: "21 CFR Part 11 (FDA)" },
            ...(other ? [{ value: "other", label: said.framework }] : []),
          ]}
          onChange={(framework) => framework !== "other" && put({ framework })}
        />
        <TextField
          label="Retention, years"
          hint="Empty: for ever. Its team is not deleted before."
          wrong={yearsFit(said.years) ? null : "A whole number from 1 to 1000."}
          inputMode="numeric"
          value={said.years}
          onInput={(years) => put({ years: years.trim() })}
        />
      </div>
    </>
  );
}
