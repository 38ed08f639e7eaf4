import { Component, type ComponentChildren } from "preact";
import { Refusal } from "~/api/client";
import { Trouble } from "~/ui/states";

/** A page that fails says so, and leaves the rest standing. */
export class ErrorBoundary extends Component<{ children: ComponentChildren }, { problem: unknown }> {
  override state = { problem: null as unknown };

  static override getDerivedStateFromError(problem: unknown) {
    return { problem };
  }

  override render() {
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    const refusal =
      problem instanceof Refusal
        ? problem
        : new Refusal(0, "page_failed", `This page failed: ${problem instanceof Error ? problem.message : String(problem)}`, "Reload it. If it fails again, that is a fault of ours: please report it with this text.");
    return <Trouble refusal={refusal} onRetry={() => location.reload()} />;
  }
}
