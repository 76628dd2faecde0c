"""jupyter_client starts, asks, interrupts, restarts and ends the kernel."""

import atexit
import threading

import jupyter_client

manager, client = jupyter_client.manager.start_new_kernel(kernel_name="gradlab")
atexit.register(lambda: manager.has_kernel and manager.shutdown_kernel(now=True))


def result(code, **options):
    found = []

    def hook(message):
        if message["msg_type"] in ("execute_result", "stream", "error"):
            found.append(message["content"])

    reply = client.execute_interactive(code, output_hook=hook, timeout=60, **options)
    return reply["content"], found


reply, found = result("const a: number = 20; a + 1")
assert reply["status"] == "ok" and found[0]["data"]["text/plain"] == "21", found
reply, found = result("for (let i = 0; i < 1000; i++) console.log(i)")
assert "".join(part["text"] for part in found) == "".join("%d\n" % i for i in range(1000))


def answer(message):
    assert message["content"] == {"prompt": "Name? ", "password": False}, message["content"]
    client.input("Ada")


reply, found = result("prompt('Name? ')", stdin_hook=answer, allow_stdin=True)
assert found[0]["data"]["text/plain"] == "'Ada'", found
threading.Timer(0.5, manager.interrupt_kernel).start()
reply, found = result("while (true) {}")
assert reply["ename"] == "Interrupted", reply
reply, found = result("a")
assert found[0]["data"]["text/plain"] == "20"
assert client.hb_channel.is_beating()
manager.restart_kernel()
client.wait_for_ready(timeout=60)
reply, found = result("typeof (globalThis as any).a")
assert found[0]["data"]["text/plain"] == "'undefined'", found
manager.shutdown_kernel()
assert not manager.is_alive()
print("driven")
