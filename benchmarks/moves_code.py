"""What the benchmark of moves runs in the page and in the kernel."""

from __future__ import annotations

#: The least that shows a plane: stock comms, one colour a cell.
STOCK = '''
import anywidget
class Stock(anywidget.AnyWidget):
    _esm = """
    export default {
      render({ model, el }) {
        el.innerHTML = `<input type="range" class="stock" min="0" max="63" style="width: 600px">
          <canvas width="256" height="256"></canvas>`;
        const ctx = el.querySelector("canvas").getContext("2d");
        el.querySelector("input").oninput = (event) =>
          model.send({ index: event.target.valueAsNumber });
        model.on("msg:custom", (_, [plane]) => {
          const { buffer, byteOffset: from, byteLength: size } = plane;
          const values = new Float32Array(buffer.slice(from, from + size));
          const image = ctx.createImageData(256, 256);
          const pixels = new Uint32Array(image.data.buffer);
          for (let k = 0; k < pixels.length; k++)
            pixels[k] = 0xff000000 + Math.min(255, Math.max(0, 128 + 40 * values[k]));
          ctx.putImageData(image, 0, 0);
          performance.mark("tensorscope:painted");
        });
      },
    };
    """
stock = Stock()
stock.on_msg(lambda w, told, _: w.send({}, [x[0, told["index"]].numpy().tobytes()]))
stock
'''
LISTEN = """
() => {
  window.acts = []; window.paints = [];
  const note = e => { if (e.type === window.kind) window.acts.push(e.timeStamp); };
  for (const kind of ['keydown', 'pointerdown', 'input'])
    document.addEventListener(kind, note, true);
  new PerformanceObserver(list => {
    for (const mark of list.getEntries())
      if (mark.name === 'tensorscope:painted') window.paints.push(mark.startTime);
  }).observe({ type: 'mark', buffered: false });
}
"""
#: Moves the pointer over the picture: ms from the event to the text that tells the value.
HOVER = """
async () => {
  const heat = document.querySelector('[role=application][aria-label=Heatmap]');
  const value = document.querySelector('[role=status][aria-label=Value]');
  const box = heat.getBoundingClientRect();
  const taken = [];
  for (let k = 0; k < 120; k++) {
    await new Promise(requestAnimationFrame);
    const at = { clientX: box.x + 60 + 3 * k % 300, clientY: box.y + 60 + 2 * k % 300 };
    const told = new Promise(done => {
      const observer = new MutationObserver(() => { observer.disconnect(); done(true); });
      observer.observe(value, { childList: true, characterData: true, subtree: true });
      setTimeout(() => { observer.disconnect(); done(false); }, 200);
    });
    const start = performance.now();
    const target = document.elementFromPoint(at.clientX, at.clientY);
    target.dispatchEvent(new PointerEvent('pointermove', { ...at, bubbles: true }));
    if (await told) taken.push(performance.now() - start);
  }
  return taken;
}
"""
#: Does something once a frame: the ms between frames.
EACH_FRAME = """
async (count, act) => {
  const gaps = [];
  let last = await new Promise(requestAnimationFrame);
  for (let k = 0; k < count; k++) {
    act(k);
    const now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
    last = now;
  }
  return gaps;
}
"""
#: Turns the wheel for some seconds.
ZOOM = f"""
async () => {{
  const heat = document.querySelector('[role=application][aria-label=Heatmap]');
  const box = heat.getBoundingClientRect();
  const at = {{ clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 }};
  return ({EACH_FRAME})(180, k => {{
    const target = document.elementFromPoint(at.clientX, at.clientY);
    const deltaY = k % 60 < 30 ? -60 : 60;
    target.dispatchEvent(new WheelEvent('wheel',
      {{ ...at, deltaY, bubbles: true, cancelable: true, ctrlKey: WITH }}));
  }});
}}
"""
#: Moves a plane under the pointer; scrolls its numbers.
PAN = f"""
async () => {{
  const canvas = document.querySelector('[role=application][aria-label=Heatmap]');
  const box = canvas.getBoundingClientRect();
  const send = (type, by) => canvas.dispatchEvent(new PointerEvent(type, {{ button: 0, pointerId: 1,
    clientX: box.x + box.width / 2 - by, clientY: box.y + box.height / 2, bubbles: true }}));
  canvas.setPointerCapture = () => {{}};
  send('pointerdown', 0);
  const gaps = await ({EACH_FRAME})(120, k => send('pointermove', 2 * (k + 1)));
  send('pointerup', 240);
  return gaps;
}}
"""
SCROLL = f"""
async () => {{
  const grid = document.querySelector('[role=grid]');
  return ({EACH_FRAME})(120, () => {{ grid.scrollTop += 90; }});
}}
"""
#: Holds a key that steps through slices, as a keyboard repeats it at its fastest: by the page
#: itself, since one press by the driver takes longer than a picture.
HOLD = """
async (count, gap) => {
  const slider = document.activeElement;
  for (let k = 0; k < count; k++) {
    slider.dispatchEvent(new KeyboardEvent('keydown', { key: ']', bubbles: true }));
    await new Promise(done => setTimeout(done, gap));
  }
}
"""
FIRST = """
async () => {
  window.paints = [];
  const start = performance.now();
  await window.jupyterapp.commands.execute('notebook:run-cell');
  while (!window.paints.length) await new Promise(done => setTimeout(done, 5));
  return (window.paints[0] - start) / 1e3;
}
"""
LARGE = """
def peak():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"): return int(line.split()[1]) / 1024
def rest():
    open("/proc/self/clear_refs", "w").write("5")
small, large = torch.randn(100, 100), torch.randn(10_000, 10_000)
"""
