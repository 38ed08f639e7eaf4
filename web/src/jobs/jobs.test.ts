import { describe, expect, it } from "vitest";
import { asQuery, readFilter, writeFilter } from "./filter";
import { type JobSummary, micros } from "./job";
import { clusters, merge } from "./order";
import { showControls } from "./reading";
import { readWorkflow, statusOf } from "./workflow";

const row = (id: string, created: string, updated = created, status: JobSummary["status"] = "completed"): JobSummary => ({
  id,
  team_id: "t",
  user_id: null,
  script_id: null,
  script_name: null,
  capsule_name: null,
  framework: null,
  status,
  backend: "local",
  shots: null,
  execution_mode: null,
  estimated_cost_usd: null,
  actual_cost_usd: null,
  wall_time_seconds: null,
  error_message: null,
  created_at: created,
  started_at: null,
  completed_at: null,
  updated_at: updated,
  flags: [],
});

describe("the filter in the address", () => {
  it("comes back as it was written", () => {
    const query = "status=failed&status=running&backend=sv1&since=2026-01-02&q=a+b";
    expect(writeFilter(readFilter(query))).toBe("status=running&status=failed&backend=sv1&since=2026-01-02&q=a+b");
  });
  it("leaves out what it cannot mean", () => {
    expect(writeFilter(readFilter("status=x&framework=cobol&script=1&since=2026-13-40&until=now&unknown=1"))).toBe("");
  });
  it("counts the last day in", () => {
    const { since, until } = asQuery(readFilter("since=2026-01-02&until=2026-01-02"));
    expect(Date.parse(until ?? "") - Date.parse(since ?? "")).toBe(86_400_000);
  });
});

describe("rows", () => {
  it("stand newest first, to the microsecond", () => {
    const rows = merge([], [row("a", "2026-01-01T00:00:00.000001Z"), row("b", "2026-01-01T00:00:00.000002Z"), row("c", "2026-01-01T00:00:00Z")]);
    expect(rows.map((one) => one.id)).toEqual(["b", "a", "c"]);
  });
  it("are never taken back by an older answer", () => {
    const at = "2026-01-01T00:00:00Z";
    const late = row("a", at, "2026-01-01T00:00:02Z");
    expect(merge([late], [row("a", at, "2026-01-01T00:00:01Z", "running")])).toEqual([late]);
  });
  it("are asked for in few spans of time, inside the filter", () => {
    const spans = clusters(["2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-02T00:00:01Z"], { until: "2026-01-02T00:00:00.500Z" });
    expect(spans).toEqual([
      { since: "2026-01-01T00:00:00Z", until: "2026-01-01T00:00:00.001Z" },
      { since: "2026-01-02T00:00:00Z", until: "2026-01-02T00:00:00.500Z" },
    ]);
  });
  it("know an instant to the microsecond", () => {
    expect(micros("1970-01-01T00:00:01.5+00:00")).toBe(1_500_000);
    expect(micros("1970-01-01T00:00:01.000007+00:00")).toBe(1_000_007);
  });
});

describe("a workflow", () => {
  it("is read from what its box told, whatever is missing", () => {
    const workflow = readWorkflow({ execution_graph: { nodes: { b: { func_name: "add", dependencies: ["a"] }, a: {} }, execution_levels: [["a"], ["b"]] }, task_timeline: [{ node_id: "a", started_at: "2026-01-01T00:00:00Z" }] });
    expect(workflow?.nodes).toEqual([
      { id: "a", name: "a", after: [] },
      { id: "b", name: "add", after: ["a"] },
    ]);
    expect(workflow && ["a", "b"].map((id) => statusOf(workflow, id))).toEqual(["running", "pending"]);
  });
  it("has no task that runs on once its job has ended", () => {
    const workflow = readWorkflow({ execution_graph: { nodes: { a: {}, b: {} } }, task_timeline: [{ node_id: "a", started_at: "2026-01-01T00:00:00Z" }, { node_id: "b" }] }, "2026-01-01T00:00:02Z");
    expect(workflow?.moments[0]).toMatchObject({ status: "cancelled", endedAt: "2026-01-01T00:00:02Z" });
    expect(workflow && ["a", "b"].map((id) => statusOf(workflow, id))).toEqual(["cancelled", "pending"]);
  });
  it("is none without a graph", () => {
    expect(readWorkflow(null)).toBeNull();
    expect(readWorkflow({ execution_graph: { nodes: [] } })).toBeNull();
  });
});

describe("text of others", () => {
  it("shows the characters that would turn it around", () => {
    expect(showControls("a\u202eb\u001b[31m\r\n\tc")).toBe("a⟨202e⟩b⟨001b⟩[31m\n\tc");
  });
});
