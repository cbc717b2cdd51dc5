// Answers when robfig/cron, which CronJob uses, would run: one question a line on standard input,
// `zone<TAB>schedule<TAB>unix seconds<TAB>count`, one answer a line: the next times in unix seconds,
// `never` in the place of the first that does not come, or `refused`.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		fmt.Fprintln(out, answer(strings.Split(in.Text(), "\t")))
	}
}

func answer(words []string) string {
	if len(words) != 4 {
		return "refused"
	}
	zone, err := time.LoadLocation(words[0])
	if err != nil {
		return "refused"
	}
	schedule, err := cron.ParseStandard(words[1])
	if err != nil {
		return "refused"
	}
	seconds, _ := strconv.ParseInt(words[2], 10, 64)
	count, _ := strconv.Atoi(words[3])
	at := time.Unix(seconds, 0).In(zone)
	times := []string{}
	for len(times) < count {
		at = schedule.Next(at)
		if at.IsZero() {
			times = append(times, "never")
			break
		}
		times = append(times, strconv.FormatInt(at.Unix(), 10))
	}
	return strings.Join(times, " ")
}
