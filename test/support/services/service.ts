/** What a service needs in order to be had; each service is one file beside this one. */
export interface ServiceRecipe {
  readonly name: string;
  /** Environment variable with the URL of one that runs already, which is then used and nothing is started. */
  readonly variable: string;
  /** Finds the installed program. */
  readonly program: () => string | undefined;
  /** Debian packages that bring it. */
  readonly packages: readonly string[];
  /** Container image, for machines that can install nothing. */
  readonly image: string;
}

/** How a service is had on this machine. */
export type Provision =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'program'; readonly path: string }
  | { readonly kind: 'container'; readonly engine: string; readonly image: string }
  | { readonly kind: 'absent'; readonly reason: string };
