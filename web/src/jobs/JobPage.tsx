import { Page } from "~/ui/Page";

export default function JobPage() {
  return <Page title="JobPage"> </Page>;
}
