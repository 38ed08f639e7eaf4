import { lazy, memo, Suspense } from "preact/compat";
import { useState } from "preact/hooks";
import { Waiting } from "~/ui/states";

const Plot = lazy(() => import("~/plots/Histogram").then(({ Histogram }) => ({ default: Histogram })));

/** The histogram, which comes when it is first needed, and is drawn again for other counts alone. */
export const Counts = memo((props: { counts: Record<string, number>; shots: number; exact: Record<string, number> | null; label: string }) => {
  const [since] = useState(Date.now);
  return (
    <Suspense fallback={<Waiting what="Loading the plot" since={since} />}>
      <Plot {...props} />
    </Suspense>
  );
});
