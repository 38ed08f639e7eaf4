import { Page } from "~/ui/Page";

export default function AccountPage() {
  return <Page title="AccountPage"> </Page>;
}
