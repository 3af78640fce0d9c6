/* Runs in the page: hands each plot to uPlot, which Grafana draws its time series with. */
/* global document, uPlot */

const GRID = { stroke: 'rgba(240, 250, 255, 0.09)', width: 1 };

/** @param {string} color @param {number} opacity */
function faded(color, opacity) {
  return (
    color +
    Math.round(opacity * 255)
      .toString(16)
      .padStart(2, '0')
  );
}

/** Over the panel's own colour: bars of a stack lie behind each other here, and must not shine through. */
function mixed(color, opacity) {
  return `color-mix(in srgb, ${color} ${opacity * 100}%, #181b1f)`;
}

/** @param {any} ticks */
function axis(ticks, extra) {
  return {
    stroke: '#CCCCDC',
    font: '12px Inter, Helvetica, Arial, sans-serif',
    grid: GRID,
    ticks: { ...GRID, size: 4 },
    splits: () => ticks.map(({ at }) => at),
    values: () => ticks.map(({ text }) => text),
    ...extra,
  };
}

/** @param {HTMLElement} element */
function drawPlot(element) {
  const plot = JSON.parse(element.dataset.plot);
  const isBars = plot.style === 'bars';
  const isPoints = plot.style === 'points';
  const longest = Math.max(...plot.yTicks.map(({ text }) => text.length));
  const options = {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 18, 0, 0],
    scales: {
      x: { time: true, range: () => [plot.times[0], plot.times.at(-1)] },
      y: { range: () => [0, plot.top || 1] },
    },
    axes: [axis(plot.xTicks, { size: 24, gap: 2 }), axis(plot.yTicks, { size: 14 + 7 * longest })],
    series: [
      {},
      ...plot.series.map(({ color, fill }) => ({
        stroke: isPoints ? undefined : color,
        width: 1,
        fill: isBars ? mixed(color, fill) : isPoints ? undefined : faded(color, fill),
        points: { show: isPoints, size: plot.pointSize, fill: color, stroke: color },
        ...(plot.style === 'steps' && { paths: uPlot.paths.stepped({ align: 1 }) }),
        ...(isBars && { paths: uPlot.paths.bars({ size: [0.6, 100] }) }),
        ...(isPoints && { paths: () => null }),
      })),
    ],
    hooks: { draw: [(chart) => plot.marks.forEach((mark) => drawMark(chart, mark))] },
  };
  return new uPlot(options, [plot.times, ...plot.series.map(({ values }) => values)], element);
}

/** An annotation as Grafana draws it: a dashed line, and a mark below the axis. */
function drawMark(chart, time) {
  const { ctx, bbox } = chart;
  const x = Math.round(chart.valToPos(time, 'x', true));
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = '#F2495C';
  ctx.setLineDash([5, 5]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x, bbox.top + bbox.height);
  ctx.lineTo(x - 4, bbox.top + bbox.height + 6);
  ctx.lineTo(x + 4, bbox.top + bbox.height + 6);
  ctx.fill();
  ctx.restore();
}

for (const element of document.querySelectorAll('.plot')) drawPlot(element);
