import { Page } from "~/ui/Page";

export default function BackendsPage() {
  return <Page title="BackendsPage"> </Page>;
}
