// What the gallery adds to the start script: the visitor's time zone, which the server
// is told with each join (liveview.ConnectParamsOf), and two hooks: a line chart, and the
// dragging of cards.
window.liveview = {
  options: {
    params: {time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone}
  },
  hooks: {
    Board: {
      mounted() {
        let card = null;
        this.el.addEventListener("dragstart", (e) => { card = e.target.dataset?.card; });
        this.el.addEventListener("dragover", (e) => { if (card) e.preventDefault(); });
        this.el.addEventListener("drop", (e) => {
          e.preventDefault();
          const column = e.target.closest("[data-column]");
          if (card && column) this.pushEvent("drop", {card: Number(card), column: Number(column.dataset.column)});
          card = null;
        });
      }
    },
    Chart: {
      mounted() {
        this.points = [];
        this.handleEvent("points", (points) => { this.points = points; this.draw(); });
        this.handleEvent("point", (point) => {
          this.points = this.points.concat(point).slice(-80);
          this.draw();
        });
        this.el.addEventListener("pointerenter", () => {
          this.pushEvent("average", {}, (reply) => {
            document.getElementById("average").textContent = reply.average.toFixed(1);
          });
        });
      },
      draw() {
        const step = 800 / 79, first = 80 - this.points.length;
        const line = this.points.map((p, i) => `${((first + i) * step).toFixed(1)},${(300 - p * 3).toFixed(1)}`).join(" L");
        this.el.querySelector(".line").setAttribute("d", "M" + line);
        this.el.querySelector(".area").setAttribute("d", `M${(first * step).toFixed(1)},300 L${line} L800,300 Z`);
        this.el.dataset.points = this.points.length;
      }
    }
  }
};
