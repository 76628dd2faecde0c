import { INbConvertManager, type NbConvert, type ServiceManagerPlugin } from "@jupyterlab/services";

/** Nothing converts notebooks behind this server; the page need not ask. */
export const noNbconvert: ServiceManagerPlugin<NbConvert.IManager> = {
  id: "gradlab-app:no-nbconvert",
  description: "Says that there are no export formats.",
  autoStart: true,
  provides: INbConvertManager,
  activate: () =>
    ({
      isReady: true,
      ready: Promise.resolve(),
      getExportFormats: () => Promise.resolve({}),
    }) as unknown as NbConvert.IManager,
};
