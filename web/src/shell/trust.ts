/**
 * The content security policy demands Trusted Types. Nothing of ours writes HTML from text; the one thing that needs a policy is
 * starting a worker, and only from our own assets.
 */
export function allowOwnScripts(): void {
  const types = (window as unknown as { trustedTypes?: { createPolicy(name: string, rules: object): void } }).trustedTypes;
  types?.createPolicy("default", {
    createScriptURL: (text: string): string => {
      const url = new URL(text, location.href);
      if (url.origin !== location.origin || !(url.pathname.startsWith("/assets/") || import.meta.env.DEV)) {
        throw new TypeError(`No script is loaded from ${url.href}.`);
      }
      return text;
    },
  });
}

/** The nonce that this page's styles may carry (the editor writes its own). */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}
