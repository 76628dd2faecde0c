import { GradlabError } from "../../errors.js";
import { formatForm, type SizeForm, type SizeTable, type SizeTerm } from "../../graph/index.js";
import type { DType } from "../../tensor/index.js";
import { ELEMENT_TYPES, type OnnxModel } from "./model.js";

/** The numbers of a program that are computed at run time, from the shapes that its inputs then have. */
export class RuntimeSizes {
  /** Where each symbol's size can be read. */
  readonly #places = new Map<string, { readonly input: string; readonly axis: number }>();
  /** Values computed once, by what they are. */
  #computed = new Map<string, string>();

  constructor(
    readonly model: OnnxModel,
    readonly symbols: Readonly<Record<string, number>>,
    readonly table: SizeTable,
  ) {}

  /** How a number depends on the symbolic sizes: one of the graph's, or a multiple of their stand-ins. */
  formOf(value: number): SizeForm | undefined {
    const known = this.table.get(value);
    if (known || !Number.isSafeInteger(value) || value === 0) return known;
    const powers: Record<string, number> = {};
    let factor = value;
    for (const [name, standIn] of Object.entries(this.symbols)) {
      for (; factor % standIn === 0; factor /= standIn) powers[name] = (powers[name] ?? 0) + 1;
    }
    return factor === value ? undefined : { terms: [{ factor, powers }] };
  }

  /** Notes that an input has symbolic axes. */
  note(input: string, shape: readonly number[]): void {
    for (const [name, standIn] of Object.entries(this.symbols)) {
      const axis = shape.indexOf(standIn);
      if (axis >= 0 && !this.#places.has(name)) this.#places.set(name, { input, axis });
    }
  }

  /** Values made while a subgraph is built are known inside it only. */
  within<T>(build: () => T): T {
    const outer = this.#computed;
    this.#computed = new Map(outer);
    try {
      return build();
    } finally {
      this.#computed = outer;
    }
  }

  /** A value that is made once and shared: `make` runs at the first call with a key. */
  once(key: string, make: () => string): string {
    const known = this.#computed.get(key);
    if (known !== undefined) return known;
    const name = make();
    this.#computed.set(key, name);
    return name;
  }

  /** A whole number of the run as an int64 scalar. */
  whole(form: SizeForm): string {
    if (form.numerator !== undefined || form.terms.some(({ factor }) => !Number.isInteger(factor))) {
      throw new GradlabError("E_SYMBOLIC", `${formatForm(form)} is used as a size, but is not whole.`);
    }
    return this.once(`whole ${formatForm(form)}`, () =>
      form.terms.map((term) => this.#wholeTerm(term)).reduce((sum, term) => this.#node("Add", [sum, term])),
    );
  }

  /** Any number of the run as a scalar; fractions are rounded once, from double precision. */
  number(form: SizeForm, dtype: DType): string {
    return this.once(`${dtype} ${formatForm(form)}`, () => {
      if (form.numerator === undefined && dtype.startsWith("int")) return this.#cast(this.whole(form), dtype);
      const isWhole = form.terms.every(({ factor }) => Number.isInteger(factor));
      const total = isWhole
        ? this.#cast(this.whole({ terms: form.terms }), "float64")
        : this.#fractions(form.terms);
      const value =
        form.numerator === undefined ? total : this.#node("Div", [this.#double(form.numerator), total]);
      return dtype === "float64" ? value : this.#node("Cast", [value], { to: ELEMENT_TYPES[dtype] });
    });
  }

  /** Whole numbers as an int64 vector, fixed ones among them. */
  vector(values: readonly number[]): string {
    return this.once(`vector ${values.join()}`, () => {
      const parts = values.map((value) => {
        const form = this.formOf(value);
        return form
          ? this.#node("Reshape", [this.whole(form), this.model.ints([1])])
          : this.model.ints([value]);
      });
      return this.#node("Concat", parts, { axis: 0 });
    });
  }

  #size(name: string): string {
    const place = this.#places.get(name);
    if (!place) throw new GradlabError("E_SYMBOLIC", `No input has an axis ${name}.`);
    return this.once(`size ${name}`, () =>
      this.#node("Gather", [this.#node("Shape", [place.input]), this.model.scalar(place.axis, "int64")]),
    );
  }

  #wholeTerm({ factor, powers }: SizeTerm): string {
    const sizes = Object.entries(powers).flatMap(([name, power]) =>
      new Array<string>(power).fill(this.#size(name)),
    );
    const factors = factor === 1 && sizes.length > 0 ? sizes : [...sizes, this.model.scalar(factor, "int64")];
    return factors.reduce((product, size) => this.#node("Mul", [product, size]));
  }

  #fractions(terms: readonly SizeTerm[]): string {
    const parts = terms.map(({ factor, powers }) => {
      const product = this.#cast(this.whole({ terms: [{ factor: 1, powers }] }), "float64");
      return this.#node("Mul", [this.#double(factor), product]);
    });
    return parts.reduce((sum, part) => this.#node("Add", [sum, part]));
  }

  #double(value: number): string {
    return this.model.initializer(
      { dtype: "float64", shape: [], data: Float64Array.of(value) },
      `k_float64_${value}`,
    );
  }

  #cast(name: string, dtype: DType): string {
    return dtype === "int64" ? name : this.#node("Cast", [name], { to: ELEMENT_TYPES[dtype] });
  }

  #node(type: string, inputs: readonly string[], attributes: Readonly<Record<string, number>> = {}): string {
    return this.model.node(type, inputs, { attributes })[0];
  }
}
