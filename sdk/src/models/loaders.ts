import { clip } from "./clip/network.js";
import { ENCODER_FAMILIES } from "./encoder/families.js";
import { t5 } from "./t5/network.js";
import { vit } from "./vision/vit.js";

/** Which loader reads which `model_type`, besides loadModel. */
const LOADERS = {
  loadClip: [clip],
  loadEncoder: ENCODER_FAMILIES,
  loadSeq2Seq: [t5],
  loadVision: [vit],
} as const;

/** model_type → the loader that reads it, for all but causal language models. */
export const LOADER_OF: ReadonlyMap<string, keyof typeof LOADERS> = new Map(
  Object.entries(LOADERS).flatMap(([loader, families]) =>
    families.flatMap(({ modelTypes }) =>
      modelTypes.map((type) => [type, loader as keyof typeof LOADERS] as const),
    ),
  ),
);
