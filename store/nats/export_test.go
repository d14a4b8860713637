package nats

import "context"

// AtOnce is how many items Each has under way.
const AtOnce = atOnce

// Each calls do for all items.
func Each(ctx context.Context, items []int, do func(context.Context, int) error) error {
	return each(ctx, items, do)
}
