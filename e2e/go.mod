module github.com/gin-liveview/liveview/e2e

go 1.26.0

toolchain go1.26.9

replace github.com/gin-liveview/liveview => ../

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.22.1
)

require github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
