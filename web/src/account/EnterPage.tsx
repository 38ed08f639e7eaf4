import { Page } from "~/ui/Page";

export default function EnterPage() {
  return <Page title="EnterPage"> </Page>;
}
