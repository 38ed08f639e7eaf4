import { Page } from "~/ui/Page";

export default function TeamPage() {
  return <Page title="TeamPage"> </Page>;
}
