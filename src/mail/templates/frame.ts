/** What every template may use beside its own values. */
export interface Frame {
  /** Where the pages of the service are: PUBLIC_URL, never a header of a request. */
  publicUrl: string;
  /** How the reader knows the service: the host of PUBLIC_URL. */
  service: string;
}

/** SECURITY: the code stands in the fragment, which reaches no server and no log. */
export const pageLink = ({ publicUrl }: Frame, page: string, values: Record<string, string>) =>
  `${publicUrl}/${page}#${new URLSearchParams(values)}`;
