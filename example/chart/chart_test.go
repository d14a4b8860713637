package chart_test

import (
	"encoding/json"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/chart"
	"github.com/gin-liveview/liveview/liveviewtest"
)

func TestChart(t *testing.T) {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", chart.View{})
	v := liveviewtest.Open(t, r, "/")
	var points []float64
	if err := json.Unmarshal(v.ExpectEvent("points"), &points); err != nil || len(points) != 80 {
		t.Errorf("%d points came, %v", len(points), err)
	}
	v.Hook("#chart").Push("average", nil)
	v.Click("Pause")
	v.WaitForText("#pause", "Go on")
}
