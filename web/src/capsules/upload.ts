import { asRefusal, onceOnly, unreachable } from "~/api/client";

export interface Progress {
  /** Bytes on their way so far, and all of them. */
  sent: number;
  whole: number;
}

/** Sends a file as a request's body and says how far it is, which fetch cannot. The answer's JSON. Throws Refusal. */
export function upload(method: "POST" | "PUT", url: string, body: Blob, onProgress: (progress: Progress) => void, signal?: AbortSignal): Promise<unknown> {
  return new Promise((done, refuse) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.responseType = "json";
    request.setRequestHeader("content-type", "application/octet-stream");
    for (const [name, value] of Object.entries(onceOnly())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress({ sent: event.loaded, whole: body.size });
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) done(request.response);
      else refuse(asRefusal(request.status, request.response ?? undefined));
    };
    request.onerror = () => refuse(unreachable());
    request.onabort = () => refuse(new DOMException("The upload was stopped.", "AbortError"));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(body);
  });
}
