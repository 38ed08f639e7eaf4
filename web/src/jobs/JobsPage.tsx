import { Page } from "~/ui/Page";

export default function JobsPage() {
  return <Page title="JobsPage"> </Page>;
}
