import { signal } from "@preact/signals";
import { answer, api, Refusal } from "~/api/client";
import type { Told } from "~/api/events";
import { asQuery, type Filter } from "./filter";
import { type JobSummary, micros } from "./job";
import { clusters, merge } from "./order";

const PAGE = 200;
/** After a reset as many rows as were loaded are read anew, but no more than this. */
const MOST_REREAD = 10_000;
const ASK_AGAIN_MS = 2_000;

export interface ListState {
  /** When what is waited for was asked for; null: nothing is. */
  since: number | null;
  problem: Refusal | null;
  /** Whether older jobs lie below what is loaded. */
  more: boolean;
}

/**
 * The jobs of one team that fit one filter, newest first: read backwards page by page, and kept current by pushed events. An event
 * changes a row that is known at once; what it cannot say (a new row, its times, whether it still fits the filter) is asked of the server.
 */
export class JobList {
  readonly rows = signal<readonly JobSummary[]>([]);
  readonly state = signal<ListState>({ since: Date.now(), problem: null, more: true });
  private cursor: string | null = null;
  private loading = false;
  private again = false;
  /** Ids that an event named, with when the job was created; asked for in one request at a time. */
  private touched = new Map<string, string>();
  /** Those of them that an answer on its way may not know of yet. */
  private meanwhile = new Map<string, string>();
  private asking = false;
  private readonly ended = new AbortController();

  constructor(
    private readonly teamId: string,
    private readonly filter: Filter,
  ) {}

  stop(): void {
    this.ended.abort();
  }

  /** The next older page. Does nothing while one is on its way, or when there is none. */
  async more(): Promise<void> {
    if (this.loading || !this.state.value.more) return;
    await this.read(async () => {
      const page = await this.page(this.cursor === null ? {} : { cursor: this.cursor });
      this.cursor = page.next_cursor;
      this.put(page.items);
      return page.next_cursor !== null;
    });
  }

  /** Everything anew, where events were missed for good or a read failed; what is shown stays until the answer is there. */
  async reload(): Promise<void> {
    if (this.loading) {
      this.again = true;
      return;
    }
    const wanted = Math.min(MOST_REREAD, Math.max(PAGE, this.rows.value.length));
    await this.read(async () => {
      const found: JobSummary[] = [];
      let cursor: string | null = null;
      do {
        const page: { items: JobSummary[]; next_cursor: string | null } = await this.page(cursor === null ? {} : { cursor });
        found.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor !== null && found.length < wanted);
      this.cursor = cursor;
      this.rows.value = merge([], found);
      return cursor !== null;
    });
  }

  /** What was pushed. */
  take(told: Told): void {
    if (told.topic === "reset") {
      void this.reload();
      return;
    }
    const row = told.row;
    if (told.topic !== "jobs" || row === null || !("result" in row)) return;
    const known = this.rows.value.find((one) => one.id === row.id);
    if (known !== undefined && micros(row.updated_at) >= micros(known.updated_at)) {
      const { status, updated_at, estimated_cost_usd } = row;
      this.put([{ ...known, status, updated_at, estimated_cost_usd, flags: row.result?.flags ?? known.flags }]);
    }
    this.touched.set(row.id, row.created_at);
    if (this.loading) this.meanwhile.set(row.id, row.created_at);
    void this.ask();
  }

  private page(query: { cursor?: string; since?: string; until?: string }) {
    return answer(
      api.GET("/api/jobs", { params: { query: { team_id: this.teamId, limit: PAGE, ...asQuery(this.filter), ...query } }, signal: this.ended.signal }),
    );
  }

  private put(rows: readonly JobSummary[]): void {
    this.rows.value = merge(this.rows.value, rows);
  }

  private async read(act: () => Promise<boolean>): Promise<void> {
    this.loading = true;
    this.state.value = { ...this.state.value, since: Date.now(), problem: null };
    try {
      const more = await act();
      this.state.value = { since: null, problem: null, more };
    } catch (problem) {
      if (this.ended.signal.aborted) return;
      if (!(problem instanceof Refusal)) throw problem;
      this.state.value = { ...this.state.value, since: null, problem };
    } finally {
      this.loading = false;
    }
    this.touched = new Map([...this.touched, ...this.meanwhile]);
    this.meanwhile.clear();
    if (this.touched.size > 0) void this.ask();
    if (!this.again) return;
    this.again = false;
    await this.reload();
  }

  /** Reads the touched rows as the filter lets them through; those that it does not are taken away. */
  private async ask(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.touched.size > 0 && !this.ended.signal.aborted) {
        const asked = this.touched;
        this.touched = new Map();
        try {
          for (const span of clusters([...asked.values()], this.bounds())) await this.askSpan(span, asked);
          if (this.state.value.problem !== null) this.state.value = { ...this.state.value, problem: null };
        } catch (problem) {
          if (this.ended.signal.aborted) return;
          if (!(problem instanceof Refusal)) throw problem;
          this.state.value = { ...this.state.value, problem };
          this.touched = new Map([...asked, ...this.touched]);
          await new Promise((resume) => setTimeout(resume, ASK_AGAIN_MS));
        }
      }
    } finally {
      this.asking = false;
    }
  }

  private async askSpan(span: { since: string; until: string }, asked: ReadonlyMap<string, string>): Promise<void> {
    const found = new Map<string, JobSummary>();
    let cursor: string | null = null;
    do {
      const page: { items: JobSummary[]; next_cursor: string | null } = await this.page({ ...span, ...(cursor !== null && { cursor }) });
      for (const row of page.items) if (asked.has(row.id)) found.set(row.id, row);
      cursor = page.next_cursor;
    } while (cursor !== null);
    const [since, until] = [micros(span.since), micros(span.until)];
    // A row that was touched again meanwhile is asked for again, and not judged by this answer.
    const gone = new Set([...asked].filter(([id, at]) => micros(at) >= since && micros(at) < until && !found.has(id) && !this.touched.has(id)).map(([id]) => id));
    const kept = this.rows.value.filter((row) => !gone.has(row.id));
    this.rows.value = merge(kept, [...found.values()].filter((row) => this.isInSight(row)));
  }

  /** Below the last loaded row nothing is put in: it comes with its page. */
  private isInSight(row: JobSummary): boolean {
    const last = this.rows.value.at(-1);
    return !this.state.value.more || last === undefined || micros(row.created_at) >= micros(last.created_at);
  }

  private bounds(): { since?: string; until?: string } {
    const { since, until } = asQuery(this.filter);
    return { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  }
}
