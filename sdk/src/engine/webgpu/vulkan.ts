import * as koffi from "koffi";

/** A GPU, or a program that plays one, as its Vulkan driver describes it. */
export interface Adapter {
  readonly name: string;
  readonly kind: "integrated" | "discrete" | "virtual" | "software" | "unknown";
  /** Largest buffer a program may bind, in bytes. */
  readonly maxBinding: number;
  /** Memory of the device itself, in bytes. */
  readonly memory: number;
}

/** VkPhysicalDeviceType, by number. */
const KINDS: readonly Adapter["kind"][] = ["unknown", "integrated", "discrete", "virtual", "software"];

/** Sizes and places of C structures on 64-bit machines. */
const PROPERTIES = { size: 1024, type: 16, name: 20, nameLength: 256, maxStorageBufferRange: 296 + 28 };
const MEMORY = { size: 1024, heapCount: 260, heaps: 264, heapSize: 16, flags: 8, deviceLocal: 1 };
const APPLICATION_API = (1 << 22) | (1 << 12);

/**
 * The adapters a Vulkan loader finds, best first as the GPU library would choose.
 *
 * @source Vulkan 1.3 §§ 4.1, 5.1, 11.2: vkCreateInstance, vkEnumeratePhysicalDevices, VkPhysicalDeviceProperties
 */
export function listAdapters(loader: koffi.LibraryHandle): readonly Adapter[] {
  const instance = createInstance(loader);
  if (!instance) return [];
  const enumerate = loader.func("int vkEnumeratePhysicalDevices(void* instance, void* count, void* devices)");
  const count = new Uint32Array(1);
  enumerate(instance, count, null);
  const handles = new BigUint64Array(count[0]);
  if (count[0] > 0) enumerate(instance, count, handles);
  const adapters = [...handles].map((handle) => describe(loader, handle));
  loader.func("void vkDestroyInstance(void* instance, void* allocator)")(instance, null);
  const preference: readonly Adapter["kind"][] = ["discrete", "integrated", "virtual", "unknown", "software"];
  return adapters.sort((a, b) => preference.indexOf(a.kind) - preference.indexOf(b.kind));
}

/** VkInstance for Vulkan 1.1, or undefined when no driver answers. */
function createInstance(loader: koffi.LibraryHandle): bigint | undefined {
  // VkApplicationInfo: type 0, then pointers and versions; the last field is the API's version.
  const application = new Uint8Array(48);
  new DataView(application.buffer).setUint32(44, APPLICATION_API, true);
  // VkInstanceCreateInfo: type 1, flags, application at 24, no layers and no extensions.
  const info = new Uint8Array(64);
  const view = new DataView(info.buffer);
  view.setUint32(0, 1, true);
  view.setBigUint64(24, koffi.address(application), true);
  const instance = new BigUint64Array(1);
  const create = loader.func("int vkCreateInstance(void* info, void* allocator, void* instance)");
  return create(info, null, instance) === 0 ? instance[0] : undefined;
}

function describe(loader: koffi.LibraryHandle, handle: bigint): Adapter {
  const properties = new Uint8Array(PROPERTIES.size);
  loader.func("void vkGetPhysicalDeviceProperties(void* device, void* properties)")(handle, properties);
  const fields = new DataView(properties.buffer);
  const name = properties.subarray(PROPERTIES.name, PROPERTIES.name + PROPERTIES.nameLength);
  return {
    name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
    kind: KINDS[fields.getUint32(PROPERTIES.type, true)] ?? "unknown",
    maxBinding: fields.getUint32(PROPERTIES.maxStorageBufferRange, true),
    memory: deviceMemory(loader, handle),
  };
}

/** The largest heap that is the device's own. */
function deviceMemory(loader: koffi.LibraryHandle, handle: bigint): number {
  const bytes = new Uint8Array(MEMORY.size);
  loader.func("void vkGetPhysicalDeviceMemoryProperties(void* device, void* properties)")(handle, bytes);
  const view = new DataView(bytes.buffer);
  const heaps = Array.from({ length: view.getUint32(MEMORY.heapCount, true) }, (_, i) => {
    const at = MEMORY.heaps + i * MEMORY.heapSize;
    const local = view.getUint32(at + MEMORY.flags, true) & MEMORY.deviceLocal;
    return local ? Number(view.getBigUint64(at, true)) : 0;
  });
  return Math.max(0, ...heaps);
}
