// Package shop is a list of orders and the form of one.
package shop

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/ui"
)

// Order is what the form is about: its tags are all that there is to say of the fields.
type Order struct {
	ID       int64           `form:"-"`
	Number   string          `form:"number" binding:"required,max=20"`
	Customer string          `form:"customer" binding:"required,max=60"`
	Email    string          `form:"email" binding:"required,email"`
	Delivery time.Time       `form:"delivery" time_format:"2006-01-02" binding:"required"`
	Discount decimal.Decimal `form:"discount" binding:"gte=0,lte=100"`
	Labels   []string        `form:"labels" binding:"max=2,dive,oneof=gift fragile express"`
	Notes    string          `form:"notes" binding:"max=500"`
	Lines    []Line          `form:"lines" binding:"min=1,max=20,dive"`
	Picture  bool            `form:"-"` // there is one
}

// Line is something that is ordered.
type Line struct {
	Article  string          `form:"article" binding:"required,max=60"`
	Quantity int             `form:"quantity" binding:"required,min=1,max=999"`
	Price    decimal.Decimal `form:"price" binding:"required,gt=0,lte=100000"`
}

// Sum is what the line costs.
func (l Line) Sum() decimal.Decimal { return l.Price.Mul(decimal.NewFromInt(int64(l.Quantity))) }

// Total is what the order costs.
func (o Order) Total() decimal.Decimal {
	var sum decimal.Decimal
	for _, l := range o.Lines {
		sum = sum.Add(l.Sum())
	}
	const whole = 100
	return sum.Mul(decimal.NewFromInt(whole).Sub(o.Discount)).DivRound(decimal.NewFromInt(whole), 2)
}

// labels are those that an order can have.
var labels = ui.Options("gift", "A gift", "fragile", "Fragile", "express", "Express")

// formOf begins to edit an order.
func formOf(o Order) liveview.Form[Order] { return liveview.FormOf(o, liveview.As("order")) }

// blank is an order that isn't one yet: with a line to fill in.
func blank() Order { return Order{Lines: make([]Line, 1)} }
