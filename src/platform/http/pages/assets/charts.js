/* global uPlot */
// Draws each chart from the table in the same figure. The table stays, for people who cannot see the chart.

const HEIGHT = 260;
const SHARE_OF_BAR = 0.8;
const DAY_SECONDS = 24 * 3600;

const redraws = [];

for (const figure of document.querySelectorAll('figure.chart')) {
  const data = readTable(figure.querySelector('table'));
  const place = figure.querySelector('.drawing');
  let drawn;
  const draw = () => {
    drawn?.destroy();
    drawn = new uPlot(
      settings(figure.dataset.chart, data, place.clientWidth),
      toPlotData(figure.dataset.chart, data),
      place,
    );
  };
  draw();
  redraws.push(draw);
}

let width = document.documentElement.clientWidth;
addEventListener('resize', () => {
  if (document.documentElement.clientWidth === width) return;
  width = document.documentElement.clientWidth;
  redraw();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

function redraw() {
  for (const draw of redraws) draw();
}

/** Returns the names of the series, the labels of the x axis, and the values by series. */
function readTable(table) {
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows];
  return {
    names,
    labels: rows.map((row) => row.cells[0].textContent),
    xs: rows.map((row, index) => Number(row.cells[0].dataset.x ?? index)),
    series: names.slice(1).map((_, index) => rows.map((row) => Number(row.cells[index + 1].dataset.value))),
  };
}

/** Stacked bars are drawn as sums, the highest first, with each next bar in front of it. */
function toPlotData(kind, { xs, series }) {
  if (kind !== 'stack') return [xs, ...series];
  const sums = series.map((_, first) =>
    xs.map((_x, at) => series.slice(first).reduce((sum, values) => sum + values[at], 0)),
  );
  return [xs, ...sums];
}

function settings(kind, { names, labels, series }, width) {
  const line = property('--line');
  const text = property('--soft');
  const font = `14px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const byTime = kind === 'line';
  return {
    width,
    height: HEIGHT,
    legend: { live: true },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: { drag: { x: false, y: false }, points: { show: byTime } },
    scales: {
      x: byTime ? { time: true } : { time: false, range: (_chart, _min, max) => [-0.5, max + 0.5] },
      y: { range: fromZero },
    },
    axes: [
      byTime
        ? { ...axis, values: (_chart, at) => at.map(formatTime) }
        : {
            ...axis,
            grid: { show: false },
            space: 70,
            incrs: [1, 2, 5, 10, 20],
            values: (_chart, at) => at.map((x) => labels[x] ?? ''),
          },
      { ...axis, size: 64, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6, 1e7] },
    ],
    series: [
      { label: names[0], value: (_chart, _x, _series, at) => (at === null ? '–' : labels[at]) },
      ...series.map((numbers, index) => ({
        label: names[index + 1],
        stroke: property(`--series-${index + 1}`),
        fill: byTime ? undefined : property(`--series-${index + 1}`),
        width: byTime ? 2 : 0,
        points: { show: false },
        paths: byTime ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.bars({ size: [SHARE_OF_BAR, 60] }),
        value: (_chart, _sum, _series, at) => (at === null ? '–' : numbers[at]),
      })),
    ],
  };
}

function fromZero(_chart, _min, max) {
  return [0, Math.max(1, max * 1.1)];
}

function property(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The time in UTC, or the day at midnight. */
function formatTime(seconds) {
  const iso = new Date(seconds * 1000).toISOString();
  return seconds % DAY_SECONDS === 0 ? iso.slice(5, 10) : iso.slice(11, 16);
}
