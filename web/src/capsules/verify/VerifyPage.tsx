import { Page } from "~/ui/Page";

export default function VerifyPage() {
  return <Page title="VerifyPage"> </Page>;
}
