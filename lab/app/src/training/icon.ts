import { LabIcon } from "@jupyterlab/ui-components";

/** A falling curve in its axes. */
export const trainingIcon = new LabIcon({
  name: "gradlab:training",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" d="M3 3h2v16h16v2H3z"/><path class="jp-icon3" fill="none" stroke="#616161" stroke-width="2" d="M7 5c1 8 5 11 14 11" style="fill:none"/></svg>`,
});
