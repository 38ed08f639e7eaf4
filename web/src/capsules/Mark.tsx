/** A badge with the shape of one status and words of its own. */
export function Mark({ status, children }: { status: "verified" | "broken" | "warn" | "mismatch"; children: string }) {
  return (
    <span class="badge" data-status={status}>
      {children}
    </span>
  );
}
