package liveview

import "github.com/gin-liveview/liveview/internal/client"

// Versions of the official client's npm packages that this release is tested
// with, and that pages load where [Config].Client is nil.
const (
	PhoenixVersion         = client.PhoenixVersion
	PhoenixLiveViewVersion = client.LiveViewVersion
)
