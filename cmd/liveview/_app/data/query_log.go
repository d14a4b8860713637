package data

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// queryLog logs queries that are slow, without their values. Errors are returned, and logged by
// whoever gets them: most are of visitors who have left meanwhile.
type queryLog struct{ logger.Interface }

func newQueryLog() queryLog {
	return queryLog{logger.NewSlogLogger(slog.Default(), logger.Config{SlowThreshold: 200 * time.Millisecond, LogLevel: logger.Warn})}
}

// Trace implements [logger.Interface].
func (l queryLog) Trace(ctx context.Context, begin time.Time, query func() (sql string, rows int64), err error) {
	if err == nil {
		l.Interface.Trace(ctx, begin, query, nil)
	}
}

// Error implements [logger.Interface].
func (queryLog) Error(context.Context, string, ...any) {}

// ParamsFilter implements [gorm.io/gorm.ParamsFilter].
func (queryLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) {
	return sql, nil
}
